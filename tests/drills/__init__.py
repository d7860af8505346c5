"""The drills: something breaks while a school issues its certificates, and then it is counted what was lost."""

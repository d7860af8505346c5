"""What Laurel's services, and the school's other systems, say to one another.

Pure data: messages, subjects, queries and the JetStream topology. Nothing here does IO.
"""

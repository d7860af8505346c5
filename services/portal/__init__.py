"""Certificates online: for a family, for whom they share with, and for who checks one."""

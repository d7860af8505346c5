"""Layouts and PDFs: what a certificate looks like, printed by Chromium. It keeps no database."""

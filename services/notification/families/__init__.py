"""What families ask notification for: a new link to their page, and which mails they get."""

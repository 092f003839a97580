"""The command line: thin. Each command imports what it needs when it runs."""

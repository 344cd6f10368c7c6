"""The command line as its users meet it: words, exit codes, sentences."""

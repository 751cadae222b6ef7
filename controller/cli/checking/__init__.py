"""What `loquet doctor` looks at, by what this computer is."""

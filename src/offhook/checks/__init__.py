"""What a call would use, tried before the call comes."""

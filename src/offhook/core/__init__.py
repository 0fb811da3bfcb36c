"""What can happen on a call, what may be wished for, who calls whom: plain data."""

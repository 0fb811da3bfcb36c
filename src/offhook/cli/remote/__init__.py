"""The commands for running calls: one for each verb of the table, `follow` and `top`."""

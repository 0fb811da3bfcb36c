"""The listening page: a local web page that hears one room and shows its transcript. It can send nothing."""

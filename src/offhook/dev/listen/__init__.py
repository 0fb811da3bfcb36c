"""The listening page: a local web page that plays one room's audio and shows its transcript. It sends no audio."""

"""What is run once, and what is made for others: artwork, hands, crops, codec, export, parity cases."""

"""What an order asks for before it is carried out."""

"""Oscar's checkout, with the one step that every shop must bring itself: the payment."""

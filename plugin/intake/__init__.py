"""Getting facts in: files and rows become orders, products and customers, with a verdict on each row."""

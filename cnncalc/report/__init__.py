"""Records to text: pure functions, one record in, one string out."""

"""The commands of the COS: each is parsed once into a type that knows how it is carried out."""

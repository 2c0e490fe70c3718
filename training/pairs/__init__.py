"""Made training pairs: (photo, instruction) -> the photo with the doodle the instruction asks for."""

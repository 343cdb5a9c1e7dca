"""What residents do for themselves: enter by a code sent to their telephone, look at their own, report a loss."""

# member

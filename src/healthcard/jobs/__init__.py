"""What has to be done again and again without anybody asking: a door like the others, but the clock knocks."""

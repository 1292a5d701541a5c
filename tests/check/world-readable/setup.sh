# As `git clone` leaves it.
chmod 755 .

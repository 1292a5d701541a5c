# The day in the id is the 23rd.
mkdir requests/2026/11/24
mv requests/2026/11/23/20261123-k7m2qx.toml requests/2026/11/24/

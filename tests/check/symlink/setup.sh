# A link that came with a clone could lead to any file of this machine.
rm clinics/poliklinika-1.toml
ln -s /etc/passwd clinics/poliklinika-1.toml

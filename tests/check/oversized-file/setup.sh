# A note of 300 KiB.
head -c 307200 /dev/zero | tr "\\0" "#" >> clinics/poliklinika-1.toml

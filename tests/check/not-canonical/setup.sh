# As an editor of Windows saves it.
awk '{ printf "%s\r\n", $0 }' clinics/poliklinika-1.toml > saved
mv saved clinics/poliklinika-1.toml

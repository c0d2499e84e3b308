//! Bodies of the fuzz targets: each takes any bytes and checks what has to hold of them.

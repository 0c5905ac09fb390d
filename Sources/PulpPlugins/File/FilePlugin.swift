// File

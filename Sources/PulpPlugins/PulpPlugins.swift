public import PulpCore
public import PulpFile

import PulpCore

/// PulpPostgreSQL.

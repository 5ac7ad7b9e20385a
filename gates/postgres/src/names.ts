/** The type of every statement that comes through this gate. */
export const SQL_QUERY = 'sql.query';
/** The resource it is about: a database by its mounted name. */
export const DATABASE = 'Database';
/** Who redeems what this gateway mounts. It is nobody's credential: only the gate inside the gateway uses it. */
export const GATE_AUDIENCE = 'gate:postgres';

"""A database with the columns of FabOMatic 1.0 that are read.

The real program makes a real one in `tests/proofs/test_fabomatic.py`.
"""

import sqlite3

TABLES = """
CREATE TABLE roles (role_id INTEGER PRIMARY KEY, role_name VARCHAR, authorize_all BOOLEAN,
  reserved BOOLEAN);
CREATE TABLE users (user_id INTEGER PRIMARY KEY, name VARCHAR, surname VARCHAR, role_id INTEGER,
  "card_UUID" VARCHAR, disabled BOOLEAN, deleted BOOLEAN, email VARCHAR);
CREATE TABLE machine_types (type_id INTEGER PRIMARY KEY, type_name VARCHAR,
  access_management INTEGER);
CREATE TABLE machines (machine_id INTEGER PRIMARY KEY, machine_name VARCHAR,
  machine_type_id INTEGER, blocked BOOLEAN);
CREATE TABLE authorizations (authorization_id INTEGER PRIMARY KEY, user_id INTEGER,
  machine_id INTEGER);
INSERT INTO roles VALUES (1, 'admins', 1, 1), (2, 'Users', 0, 0), (3, 'Anonymous', 0, 1);
INSERT INTO machine_types VALUES (1, 'With', 0), (2, 'Free', 1);
INSERT INTO machines VALUES (1, 'Laser CO2', 1, 0), (2, 'Scie', 1, 1), (7, 'Perceuse', 2, 0);
INSERT INTO users VALUES
 (1, 'Anonymous', '', 3, NULL, 0, 0, ''),
 (2, 'admin', 'admin', 1, '12345678', 0, 0, 'admin@fablab.org'),
 (3, 'Zoé', 'd’Artois', 2, 'c3b2a1ff', 0, 0, 'zoe@example.org'),
 (4, 'Fatou', 'Sow', 2, '12345604', 1, 0, NULL),
 (5, 'Ada', 'Gone', 2, 'aabbccdd', 0, 1, NULL),
 (6, 'Omar', 'Sy', 2, 'not-a-card', 0, 0, '');
INSERT INTO authorizations VALUES (1, 3, 1), (2, 3, 2), (3, 4, 1), (4, 5, 1), (5, 3, 7);
"""


def old_database(more: str = "") -> bytes:
    """As a file."""
    db = sqlite3.connect(":memory:")
    db.executescript(TABLES + more)
    data = db.serialize()
    db.close()
    return data

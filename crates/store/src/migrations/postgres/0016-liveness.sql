-- Whether a camera there makes sure that a living person stands before it.
ALTER TABLE access_points ADD COLUMN liveness BOOLEAN NOT NULL DEFAULT TRUE;

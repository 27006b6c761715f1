-- Whether a camera there makes sure that a living person stands before it.
ALTER TABLE access_points ADD COLUMN liveness INTEGER NOT NULL DEFAULT 1 CHECK (liveness IN (0, 1));

-- How a purchase was, in one to five stars, answered once. No words: they could be about somebody.
CREATE TABLE survey_answers (
    purchase_id BYTEA PRIMARY KEY REFERENCES purchases (id),
    stars BIGINT NOT NULL CHECK (stars BETWEEN 1 AND 5),
    at_us BIGINT NOT NULL
);

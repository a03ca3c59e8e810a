-- The first schema of the drain. A later one is a script of its own that ends by raising the version.

CREATE TABLE openbell_schema (version integer NOT NULL);
INSERT INTO openbell_schema VALUES (1);

-- One row a trade; a broken trade is a second row with the same match number.
CREATE TABLE openbell_trades (
    log_id                 uuid           NOT NULL,
    trade_number           bigint         NOT NULL, -- from 1 in each log, without gaps
    kind                   "char"         NOT NULL, -- E executed, B broken
    time                   timestamptz    NOT NULL, -- to the microsecond
    time_ns                bigint         NOT NULL, -- the same in nanoseconds since 1970
    match_number           bigint         NOT NULL,
    symbol                 text           NOT NULL,
    price                  numeric(10, 4) NOT NULL, -- dollars
    shares                 bigint         NOT NULL,
    aggressor_side         "char"         NOT NULL, -- B, S, or a space in a cross
    buyer_port             text           NOT NULL,
    buyer_firm             text           NOT NULL,
    buyer_user_ref_idx     smallint       NOT NULL,
    buyer_user_ref_num     bigint         NOT NULL,
    buyer_order_reference  bigint         NOT NULL,
    seller_port            text           NOT NULL,
    seller_firm            text           NOT NULL,
    seller_user_ref_idx    smallint       NOT NULL,
    seller_user_ref_num    bigint         NOT NULL,
    seller_order_reference bigint         NOT NULL,
    PRIMARY KEY (log_id, trade_number)
);

-- Broken trades are few, so this index costs nothing and makes the view below cheap.
CREATE INDEX openbell_trades_broken ON openbell_trades (log_id, match_number) WHERE kind = 'B';

-- How far each log has been copied. Moves only in the transaction that adds the rows.
CREATE TABLE openbell_drain_cursor (
    log_id            uuid        PRIMARY KEY,
    session           text        NOT NULL,
    next_trade_number bigint      NOT NULL CHECK (1 <= next_trade_number),
    batches           bigint      NOT NULL,
    digest            bigint      NOT NULL, -- sum of the digests of the rows, 64 bits
    changed_at        timestamptz NOT NULL
);

-- The trades that stand.
CREATE VIEW openbell_standing_trades AS
SELECT cursor.session, trade.*
FROM openbell_trades AS trade
JOIN openbell_drain_cursor AS cursor USING (log_id)
WHERE trade.kind = 'E'
  AND NOT EXISTS (
      SELECT FROM openbell_trades AS broken
      WHERE broken.kind = 'B'
        AND broken.log_id = trade.log_id
        AND broken.match_number = trade.match_number
  );

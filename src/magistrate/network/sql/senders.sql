SELECT COUNT(DISTINCT f.src) AS number FROM flow f WHERE f.seen >= :from_time AND f.sensor = 'zeek' AND f.sent > 0

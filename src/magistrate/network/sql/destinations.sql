SELECT f.dst, COUNT(DISTINCT f.src) AS sources FROM flow f WHERE f.sensor = 'zeek' GROUP BY f.dst ORDER BY f.dst

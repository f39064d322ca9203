-- How many records the other channels of the host hold inside each candidate silence.
SELECT c.host, c.channel, c.gap_from, c.gap_to, COUNT(*) AS others
FROM silence_candidate c
JOIN record r
  ON COALESCE(r.host, 'unknown') = c.host
  AND COALESCE(r.Channel, 'unknown') <> c.channel
  AND r.Timestamp > c.gap_from
  AND r.Timestamp < c.gap_to
GROUP BY c.host, c.channel, c.gap_from, c.gap_to
ORDER BY c.host, c.channel, c.gap_from

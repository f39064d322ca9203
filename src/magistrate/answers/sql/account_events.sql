SELECT COUNT(*) AS events
FROM process_creation AS p
WHERE (p.UserSid = :sid OR ((:by_name = 1 OR COALESCE(p.UserSid, 'S-1-0-0') = 'S-1-0-0') AND LOWER(p.User) = :name)) AND p.Timestamp < :cut

SELECT COUNT(*) AS events
FROM process_creation AS p
WHERE (p.UserSid = :sid OR ((:by_name = 1 OR p.UserSid IS NULL) AND LOWER(p.User) = :name)) AND p.Timestamp < :cut

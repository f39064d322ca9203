SELECT DISTINCT host FROM special_privilege ORDER BY host

-- The first proving records of each host, those near the alert first. `proving` goes before.
SELECT capability, host, proof, evidence_id
FROM (
  SELECT p.capability, COALESCE(p.host, 'unknown') AS host, p.proof, p.evidence_id, ROW_NUMBER() OVER (
    PARTITION BY p.capability, COALESCE(p.host, 'unknown'), p.proof
    ORDER BY CASE WHEN p.utc >= :near_from AND p.utc <= :near_to THEN 0 ELSE 1 END, p.utc, p.evidence_id
  ) AS nth
  FROM proving p
  WHERE p.evidence_id IS NOT NULL
) AS numbered
WHERE nth <= :cited
ORDER BY capability, host, proof, nth

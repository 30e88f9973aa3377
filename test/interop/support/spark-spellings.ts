/**
 * Expressions of Spark that are answered here, over the columns of {@link SPELLING_COLUMNS}. Each is asked of both engines on
 * random rows: those of {@link SPELLINGS} must be equal, those of {@link NEAR} to the last bits of a float.
 */
import type { Type } from '../../../src/types/type.ts'

const optional = (name: string, type: Type) => ({ id: 0, name, required: false, type })

export const SPELLING_COLUMNS = {
  b: { kind: 'boolean' },
  i: { kind: 'int' },
  j: { kind: 'int' },
  l: { kind: 'long' },
  f: { kind: 'float' },
  d: { kind: 'double' },
  m: { kind: 'decimal', precision: 9, scale: 2 },
  n: { kind: 'decimal', precision: 12, scale: 4 },
  s: { kind: 'string' },
  t: { kind: 'string' },
  day: { kind: 'date' },
  other: { kind: 'date' },
  moment: { kind: 'timestamptz' },
  later: { kind: 'timestamptz' },
  wall: { kind: 'timestamp' },
  bytes: { kind: 'binary' },
  xs: { kind: 'list', elementId: 0, elementRequired: false, element: { kind: 'int' } },
  words: { kind: 'list', elementId: 0, elementRequired: false, element: { kind: 'string' } },
  kv: {
    kind: 'map',
    keyId: 0,
    key: { kind: 'string' },
    valueId: 0,
    valueRequired: false,
    value: { kind: 'int' },
  },
  st: {
    kind: 'struct',
    fields: [optional('a', { kind: 'int' }), optional('w', { kind: 'string' })],
  },
} as const satisfies Record<string, Type>

export const SPELLINGS: readonly string[] = String.raw`
i + j; i - j; i * j; l + i; l * j; i + 1; -i; - m; i % j; l % i; d % 3.0D; m % 7; i div j; l div i; i / j; l / 3; d / f; d + f; f * 2; f + i; d * l; i + f
m + n; m - n; m * n; m * n * n; n / m / n; m / n; n / m; m + 1; m * 2; m / 3; i * m; m + l; n * 0.25; m + d; m * f; 1 / m; 100 * m / 7; m + 1.005
m > n; m = 1; d = m; f = 0.1; f > d; i = d; l = d; i < m; l >= n; i = '5'; d > '0.5'; s = 'a'; s < t; day = '2020-02-01'; day < moment; wall = moment; moment >= '2020-01-01 00:00:00'; b = true; bytes = bytes; xs = array(1, 2)
i <=> j; s <=> t; d <=> f; not (i > j); i between j and 10; i not between 0 and j; m between 0 and n; s between 'a' and 'm'; i in (1, 2, null); i not in (1, 2); s in ('a', t); m in (1, 2.50); i is null; s is not null; b and i > 0; b or s is null
cast(i as long); cast(l as int); cast(d as int); cast(d as long); cast(f as int); cast(m as int); cast(n as long); cast(l as double); cast(l as float); cast(i as decimal(12, 2)); cast(m as decimal(5, 1)); cast(n as decimal(9, 2)); cast(m as double); cast(n as float); cast(d as float); cast(f as double)
cast(i as string); cast(l as string); cast(m as string); cast(n as string); cast(b as string); cast(day as string); cast(moment as string); cast(wall as string); cast(s as int); cast(s as long); cast(s as double); cast(s as float); cast(s as decimal(9, 2)); cast(s as boolean); cast(s as date); cast(s as timestamp); cast(s as timestamp_ntz); cast(s as binary); cast(bytes as string)
cast(b as int); cast(b as double); cast(b as decimal(3, 1)); cast(i as boolean); cast(d as boolean); cast(m as boolean); cast(day as timestamp); cast(moment as date); cast(wall as date); cast(wall as timestamp); cast(moment as timestamp_ntz); cast(moment as long); cast(i as timestamp)
try_cast(s as int); try_cast(s as long); try_cast(s as double); try_cast(s as decimal(9, 2)); try_cast(s as boolean); try_cast(s as date); try_cast(s as timestamp); try_cast(s as timestamp_ntz); try_cast(l as int); try_cast(d as int); try_cast(m as decimal(5, 1)); try_cast(i as string)
coalesce(i, l); coalesce(m, n, 0); coalesce(s, t, 'none'); nvl(i, 0); nvl2(i, s, t); ifnull(d, i); nullif(i, j); nullif(s, ''); if(b, i, l); if(b, m, n); case when i > 0 then s when j > 0 then t end; case i when 1 then 'one' when 2 then 'two' else 'more' end; greatest(i, j, l); least(i, m, n); greatest(d, f); greatest(s, t); least(day, other)
upper(s); lower(s); length(s); char_length(s); octet_length(s); trim(s); ltrim(s); rtrim(s); substring(s, 2); substring(s, i); substring(s, i, j); substr(s, -3, 2); left(s, j); right(s, j); replace(s, t, 'x'); replace(s, 'a'); repeat(t, j % 50); lpad(s, j % 50, t); lpad(s, 7); rpad(s, j % 50, t); rpad(s, 5, 'ab'); instr(s, t); locate(t, s); startswith(s, t); endswith(s, t); contains(s, t); translate(s, 'abc', 'xy'); reverse(s); concat(s, t); s || '-' || t; concat(s, i, b); concat_ws(',', s, t, 'z'); concat_ws(s, t, t)
s like 'a%'; s like '%a_b%'; s not like t; s like '%\\%%'; s rlike '^[a-f]+$'; s rlike 'a.b|\\d+'; s not rlike '\\s'; regexp_like(s, '(ab)+'); regexp_replace(s, '[aeiou]', '<$0>'); regexp_replace(s, '(a)(b)', '$2$1'); regexp_extract(s, '([a-z]+)(\\d+)', 2); regexp_extract(s, '([a-z]+)'); split(s, ','); split(s, '[ab]')
md5(s); sha1(s); sha2(s, 256); hex(s); base64(bytes); md5(bytes)
abs(i); abs(l); abs(m); abs(d); sign(d); signum(i); floor(d); ceil(d); floor(m); ceil(n); floor(i); ceiling(l); round(m, 1); round(n); round(n, 6); round(d, 2); round(d); round(f, 1); round(i, 2); sqrt(d); isnan(d); nanvl(d, f); mod(i, j); negative(i); positive(m)
year(day); month(moment); day(day); dayofmonth(wall); quarter(day); dayofyear(day); dayofweek(day); weekday(day); weekofyear(day); hour(moment); minute(moment); second(wall); extract(year from day); extract(hour from moment)
date_add(day, j); date_sub(day, 3); day + 1; day - j; datediff(day, other); add_months(day, j % 100); months_between(moment, later); months_between(day, other); last_day(day); trunc(day, 'MM'); trunc(day, 'year'); trunc(day, 'week'); trunc(moment, 'quarter'); make_date(2020, j, 29)
date_trunc('month', moment); date_trunc('WEEK', moment); date_trunc('hour', moment); date_trunc('millisecond', moment); date_trunc('year', day)
day + interval 1 month; day - interval '2' year; day + interval 3 days; moment + interval 1 month; moment - interval 36 minutes; moment + interval 50 hours; moment + interval 2 weeks; wall + interval 1 day; day + interval 5 hours
to_date(s); to_timestamp(s); to_date(s, 'yyyy-MM-dd'); to_date(s, 'dd/MM/yyyy'); to_timestamp(s, 'yyyy-MM-dd HH:mm:ss'); unix_timestamp(moment); unix_timestamp(s); unix_timestamp(day); from_unixtime(l % 100000000000); from_unixtime(i, 'yyyyMMdd'); timestamp_seconds(i); timestamp_millis(l % 100000000000); timestamp_micros(l % 100000000000000); unix_seconds(moment); unix_millis(moment); unix_micros(moment); unix_date(day); date_from_unix_date(j)
date_format(moment, 'yyyy-MM-dd HH:mm:ss.SSS'); date_format(day, 'E, d MMM yy'); date_format(moment, "yyyy-MM-dd'T'HH:mm:ss"); date_format(moment, 'h:m:s a'); date_format(wall, 'EEEE MMMM M H SSSSSS')
from_utc_timestamp(moment, 'Europe/Oslo'); to_utc_timestamp(moment, 'America/New_York')
size(xs); cardinality(kv); xs[1]; xs[j]; get(xs, j); element_at(xs, j); kv['a']; element_at(kv, t); st.a; st.w; map_keys(kv); map_values(kv); array_contains(xs, i); array_contains(words, t); array_max(xs); array_min(xs); sort_array(xs); sort_array(words); array_join(words, '-'); array_position(xs, i); array(i, j, 3); array(m, n); map('k', i); named_struct('p', i, 'q', s); struct(i, s); map_contains_key(kv, t)
get_json_object('{"a": {"b": [10, "x", true, null]}, "c": "\\u00e6"}', concat('$.a.b[', cast(j as string), ']')); 5L; 2.5D; 1.5; 1e3; -7S; "double quoted"
`
  .split(/[;\n]/)
  .map((spelling) => spelling.trim())
  .filter((spelling) => spelling !== '')

/** Each library of mathematics has its own last bit. */
export const NEAR: readonly string[] = [
  'exp(d)',
  'ln(d)',
  'log(i)',
  'log10(d)',
  'log2(d)',
  'pow(d, 2)',
]

/** Queries over the view `v`; in the order that they ask for, else in any. */
export const QUERIES: readonly string[] = String.raw`
select count(*) as c, count(i) as ci, count(distinct s) as cs, sum(i) as si, sum(l % 1000000) as sl, sum(m) as sm, min(s) as mn, max(d) as mx from v
select avg(m) as am, avg(n) as an, avg(i) as ai, sum(n) as sn, min(m) as mm, max(day) as md from v
select i % 3 as g, count(*) as c, sum(m) as t from v group by i % 3 having count(*) > 0
select b, max(l) as x from v group by 1 order by b
select b as flag, sum(m) / count(m) as mean from v group by flag
select b, i % 2 as g, count(*) as c from v group by rollup (b, i % 2)
select b, count(*) as c from v group by cube (b)
select b, i % 2 as g, sum(i) as c from v group by grouping sets ((b), (i % 2), ())
select at, order as to, max(end) as end from (select i % 2 as at, b as order, l as end from v) as q where at >= 0 group by at, order order by at, order
select from, from + to as using from (select i % 100 as from, j % 100 as to from v) as q where from between to and 99 and not from = 7
select count_if(i > 0) as p, bool_and(b) as e, bool_or(b) as o, max_by(i, id) as x, min_by(s, id) as y from v
select sort_array(collect_list(i)) as xs, sort_array(collect_set(j)) as ys from v
select id, row_number() over (partition by b order by id) as r, rank() over (order by i) as k, dense_rank() over (order by i desc) as d from v
select id, lag(i) over (order by id) as p, lead(i, 2, -1) over (order by id) as n, first_value(s) over (order by id) as f, last_value(s) over (order by id) as l from v
select id, sum(m) over (order by id rows between 2 preceding and current row) as s, avg(m) over (partition by b) as a, count(*) over () as c, max(i) over (order by id rows between unbounded preceding and 1 following) as x from v
select id, ntile(3) over (order by id) as t, percent_rank() over (order by i) as p, cume_dist() over (order by i) as c from v
select v.id, w.id as other from v join v as w on v.i = w.j
select v.id, w.s as ws from v left join v as w on v.i = w.j and w.b
select v.id, w.id as other from v right outer join v as w on v.i = w.j
select v.id, w.id as other from v full outer join v as w on v.i = w.j
select id from v left semi join (select j as k from v) as w on v.i = w.k
select id from v left anti join (select j as k from v) as w on v.i = w.k
select * from (select id, i from v) as a join (select id, j from v) as b using (id)
select * from (select id, i from v) as a left join (select id, j from v where j > 0) as b using (id)
select count(*) as c from v cross join v as w
with w as (select id, i + 1 as k from v), x as (select id, k * 2 as q from w where k > 0) select x.id, q from x join w on x.id = w.id
select id, (select max(i) from v) as m from v where i = (select min(j) from v)
select id from v where i in (select j from v)
select id from v where i not in (select j from v where j is not null)
select id from v where exists (select 1 as one from v as w where w.j = v.i)
select id from v where not exists (select 1 as one from v as w where w.j = v.i)
select i from v union select j from v
select i from v union all select j from v
select i from v intersect select j from v
select i from v except select j from v
select i from v minus select j from v
select i as x from v union all select l from v
select m as x from v union select n from v
select distinct b, i % 2 as g from v
select id, x from v lateral view explode(xs) e as x
select id, x from v lateral view outer explode(xs) e as x
select id, p, x from v lateral view posexplode(words) e as p, x
select id, k, x from v lateral view explode(kv) e as k, x
select id, p, x from v lateral view outer posexplode(xs) e as p, x
select id, explode(xs) as x from v where i > 0
select id, explode_outer(xs) as x from v
select id, x, w from v lateral view explode(xs) a as x lateral view explode(words) b as w
select /*+ BROADCAST(v) */ id, i + 1 as n, n * 2 as twice from v
select id from v order by i, id
select id, i from v order by i desc, id desc
select id from v order by s nulls last, id limit 5
select id, st.a + 1 as a1 from v where st.w is not null
select id, d from v order by d, id
select b, i from v where i > 0 distribute by b sort by i
select id from v cluster by id
select case when i > 0 then 'plus' else 'minus' end as sign, count(*) as c from v group by sign
`
  .split('\n')
  .map((query) => query.trim())
  .filter((query) => query !== '')

package dev.chord.node.gateway;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The bytes that a Range header asks for (RFC 9110, section 14), both ends included. */
record ByteRange(long from, long to) {
    private static final Pattern SET = Pattern.compile("(?i)bytes=(.*)");
    private static final Pattern ONE = Pattern.compile("(\\d*)-(\\d*)");
    private static final int LONGEST = 18;

    /** What is asked of a file of this size. */
    enum Kind {
        /** No range, or one that nobody has to understand, or several: everything is sent. */
        WHOLE,
        PART,
        /** Beyond the end. */
        UNSATISFIABLE
    }

    /** What a header comes to. */
    record Asked(Kind kind, Optional<ByteRange> range) {}

    private static final Asked WHOLE = new Asked(Kind.WHOLE, Optional.empty());
    private static final Asked UNSATISFIABLE = new Asked(Kind.UNSATISFIABLE, Optional.empty());

    static Asked of(@Nullable String header, long size) {
        Matcher set = SET.matcher(header == null ? "" : header.strip());
        if (!set.matches()) {
            return WHOLE;
        }
        List<Asked> all = new ArrayList<>();
        for (String item : set.group(1).split(",", -1)) {
            if (!item.isBlank()) {
                Matcher one = ONE.matcher(item.strip());
                if (!one.matches() || backwards(one)) {
                    return WHOLE; // who sends what is no range gets what no range gets
                }
                all.add(one(one.group(1), one.group(2), size));
            }
        }
        if (all.size() == 1) {
            return all.get(0);
        }
        return !all.isEmpty() && all.stream().allMatch(UNSATISFIABLE::equals) ? UNSATISFIABLE : WHOLE;
    }

    private static boolean backwards(Matcher one) {
        boolean neither = one.group(1).isEmpty() && one.group(2).isEmpty();
        boolean both = !one.group(1).isEmpty() && !one.group(2).isEmpty();
        return neither || both && number(one.group(2)) < number(one.group(1));
    }

    private static Asked one(String first, String last, long size) {
        if (first.isEmpty()) {
            long length = number(last);
            if (length == 0) {
                return UNSATISFIABLE;
            }
            return size == 0 ? WHOLE : part(Math.max(0, size - length), size - 1);
        }
        long to = last.isEmpty() ? Long.MAX_VALUE : number(last);
        return number(first) >= size ? UNSATISFIABLE : part(number(first), Math.min(to, size - 1));
    }

    // A number that is too long for any file is as good as the largest.
    private static long number(String digits) {
        String significant = digits.replaceFirst("^0+(?=\\d)", "");
        return significant.length() > LONGEST ? Long.MAX_VALUE : Long.parseLong(significant);
    }

    private static Asked part(long from, long to) {
        return new Asked(Kind.PART, Optional.of(new ByteRange(from, to)));
    }

    long length() {
        return to - from + 1;
    }
}

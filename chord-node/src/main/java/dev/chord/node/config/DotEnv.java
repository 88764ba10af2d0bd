package dev.chord.node.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads the grammar of Docker Compose's {@code .env} files: {@code NAME=VALUE}, {@code export}, comments,
 * single quotes (literal) and double quotes (escapes and variables), both over several lines, {@code
 * ${NAME:-default}} and its kin. Pure: reads no file.
 */
final class DotEnv {
    private static final int MAX_DEPTH = 8;
    private static final int MAX_VALUE = 64 * 1024;
    private static final String TOO_LONG = "a value of more than " + MAX_VALUE + " characters";

    private final String text;
    private final Function<String, @Nullable String> outside;
    private final Map<String, String> values = new LinkedHashMap<>();
    private final List<Fault> faults = new ArrayList<>();
    private int at;
    private int line = 1;
    private int counted;

    /** What a file says. A later line for the same name wins. */
    record Parsed(Map<String, String> values, List<Fault> faults) {}

    /**
     * A line that cannot be understood and was passed over.
     *
     * @param line its number, from 1
     * @param name what it was going to set; empty: unknown
     */
    record Fault(int line, String name, String why) {}

    private static final class Malformed extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Malformed(String why) {
            super(why, null, false, false);
        }
    }

    private DotEnv(String text, Function<String, @Nullable String> outside) {
        this.text = text;
        this.outside = outside;
    }

    /**
     * Reads a text.
     *
     * @param outside values of variables that win over those of the file where a value names them;
     *     null: not there
     */
    static Parsed parse(String text, Function<String, @Nullable String> outside) {
        String plain = text.startsWith("\uFEFF") ? text.substring(1) : text;
        DotEnv reader = new DotEnv(plain.replace("\r\n", "\n").replace('\r', '\n'), outside);
        while (reader.at < reader.text.length()) {
            reader.entry();
        }
        return new Parsed(reader.values, reader.faults);
    }

    private void entry() {
        skip(" \t\n\f");
        if (at == text.length()) {
            return;
        }
        int start = at;
        String name = "";
        try {
            if (text.charAt(at) != '#') {
                name = name();
                values.put(name, value());
            }
        } catch (Malformed e) {
            faults.add(new Fault(lineOf(start), name, String.valueOf(e.getMessage())));
            at = start; // only this line is passed over, whatever a lost quote would take in
        }
        int end = text.indexOf('\n', at);
        at = end < 0 ? text.length() : end + 1;
    }

    private String name() {
        if (text.startsWith("export", at) && at + 6 < text.length() && " \t".indexOf(text.charAt(at + 6)) >= 0) {
            at += 6;
            skip(" \t");
        }
        int from = at;
        while (at < text.length() && isName(text.charAt(at), at > from)) {
            at++;
        }
        String name = text.substring(from, at);
        skip(" \t");
        if (name.isEmpty() || at == text.length() || "=:".indexOf(text.charAt(at)) < 0) {
            throw new Malformed("not NAME=VALUE");
        }
        at++;
        skip(" \t");
        return name;
    }

    private static boolean isName(char c, boolean inner) {
        return c == '_'
                || c >= 'A' && c <= 'Z'
                || c >= 'a' && c <= 'z'
                || inner && (c >= '0' && c <= '9' || c == '.' || c == '-');
    }

    private String value() {
        char quote = at < text.length() ? text.charAt(at) : '\n';
        if (quote != '\'' && quote != '"') {
            return unquoted();
        }
        int from = ++at;
        while (at < text.length() && text.charAt(at) != quote) {
            at += text.charAt(at) == '\\' ? 2 : 1;
        }
        if (at >= text.length()) {
            throw new Malformed("a quote that is not closed");
        }
        String inner = text.substring(from, at++);
        int gap = at;
        skip(" \t");
        boolean end = at == text.length() || text.charAt(at) == '\n' || text.charAt(at) == '#' && at > gap;
        if (!end) {
            throw new Malformed("something after the closing quote");
        }
        return bounded(quote == '\'' ? inner.replace("\\'", "'") : expand(inner, true, 0));
    }

    private String unquoted() {
        int end = text.indexOf('\n', at);
        String line = text.substring(at, end < 0 ? text.length() : end);
        at += line.length();
        int comment = line.startsWith("#") ? 0 : -1;
        for (int i = 1; i < line.length() && comment < 0; i++) {
            if (line.charAt(i) == '#' && " \t".indexOf(line.charAt(i - 1)) >= 0) {
                comment = i;
            }
        }
        return bounded(expand((comment < 0 ? line : line.substring(0, comment)).strip(), false, 0));
    }

    private static String bounded(String value) {
        if (value.length() > MAX_VALUE) {
            throw new Malformed(TOO_LONG);
        }
        return value;
    }

    // What stands in double quotes, or bare: variables, and between quotes escapes too.
    private String expand(String raw, boolean escapes, int depth) {
        if (depth > MAX_DEPTH) {
            throw new Malformed("defaults nested too deeply");
        }
        StringBuilder out = new StringBuilder();
        int i = 0;
        while (i < raw.length()) {
            char c = raw.charAt(i);
            if (c == '\\' && escapes && i + 1 < raw.length()) {
                out.append(escaped(raw.charAt(i + 1)));
                i += 2;
            } else if (c == '$') {
                i = variable(raw, i + 1, escapes, depth, out);
            } else {
                out.append(c);
                i++;
            }
            if (out.length() > MAX_VALUE) {
                throw new Malformed(TOO_LONG);
            }
        }
        return out.toString();
    }

    private static String escaped(char c) {
        return switch (c) {
            case 'n' -> "\n";
            case 'r' -> "\r";
            case 't' -> "\t";
            case '\\', '"', '$' -> String.valueOf(c);
            default -> "\\" + c;
        };
    }

    // What stands after a dollar sign; returns where to go on.
    private int variable(String raw, int from, boolean escapes, int depth, StringBuilder out) {
        if (from < raw.length() && raw.charAt(from) == '$') {
            out.append('$');
            return from + 1;
        }
        if (from < raw.length() && raw.charAt(from) == '{') {
            int end = closing(raw, from + 1);
            out.append(braced(raw.substring(from + 1, end), escapes, depth));
            return end + 1;
        }
        int end = from;
        while (end < raw.length() && isVariable(raw.charAt(end), end > from)) {
            end++;
        }
        String name = raw.substring(from, end);
        String found = name.isEmpty() ? "$" : look(name);
        out.append(found == null ? "" : found);
        return end;
    }

    private static boolean isVariable(char c, boolean inner) {
        return isName(c, inner) && c != '.' && c != '-';
    }

    private static int closing(String raw, int from) {
        int open = 1;
        for (int i = from; i < raw.length(); i++) {
            if (raw.startsWith("${", i)) {
                open++;
            } else if (raw.charAt(i) == '}' && --open == 0) {
                return i;
            }
        }
        throw new Malformed("a brace that is not closed");
    }

    private String braced(String inner, boolean escapes, int depth) {
        int end = 0;
        while (end < inner.length() && isVariable(inner.charAt(end), end > 0)) {
            end++;
        }
        String name = inner.substring(0, end);
        String rest = inner.substring(end);
        boolean colon = rest.startsWith(":");
        String operator = colon ? rest.substring(1) : rest;
        String found = look(name);
        boolean there = found != null && !(colon && found.isEmpty());
        String word = operator.isEmpty() ? "" : operator.substring(1);
        if (name.isEmpty() || colon && operator.isEmpty()) {
            throw new Malformed("'${" + inner + "}' names no variable");
        }
        return switch (operator.isEmpty() ? ' ' : operator.charAt(0)) {
            case ' ' -> found == null ? "" : found;
            case '-' -> there && found != null ? found : expand(word, escapes, depth + 1);
            case '+' -> there ? expand(word, escapes, depth + 1) : "";
            case '?' -> {
                if (!there || found == null) {
                    throw new Malformed(name + " is not set" + (word.isEmpty() ? "" : ": " + word));
                }
                yield found;
            }
            default -> throw new Malformed("'${" + inner + "}' names no variable");
        };
    }

    private @Nullable String look(String name) {
        String found = outside.apply(name);
        return found == null ? values.get(name) : found;
    }

    private void skip(String characters) {
        while (at < text.length() && characters.indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private int lineOf(int position) {
        for (; counted < position; counted++) {
            line += text.charAt(counted) == '\n' ? 1 : 0;
        }
        return line;
    }
}

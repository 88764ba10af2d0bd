package dev.chord.node.store;

/**
 * Which names are meant.
 *
 * @param prefix what they begin with
 * @param pattern with {@code * ? [..]}: a glob over the whole name; otherwise a part of it, in any case of the letters
 *     a to z; empty: all
 */
public record NameFilter(String prefix, String pattern) {
    boolean glob() {
        return pattern.matches(".*[*?\\[].*");
    }
}

package dev.chord.core.name;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** What may be a name, and that two that only look alike are two. */
class LabelTest {
    @Test
    void whatIsNoNameIsToldWhy() {
        assertThat(Label.trouble("a\\b")).contains("backslash");
        assertThat(Label.trouble("a\u0085b")).contains("control character");
        assertThat(Label.trouble("\uDC00")).contains("half a character");
        assertThat(Label.trouble("a\uFFFD")).contains("undecodable");
        assertThat(Label.trouble("")).contains("0 bytes");
        assertThat(Label.trouble("ä".repeat(513))).contains("1026 bytes");
        for (String name : List.of("a/../b", "/a", "a/", "a//b", ".", "a/.")) {
            assertThat(Label.trouble(name)).as(name).contains("part");
        }
    }

    @Test
    void theTwoFormsOfANameAreTwoNames() {
        assertThat(Label.legal("a\u0308")).isTrue();
        assertThat(Label.legal("\u00e4")).isTrue();
        assertThat(Label.key("a\u0308")).isNotEqualTo(Label.key("\u00e4"));
        assertThat(Label.otherForms("a\u0308")).containsExactly("\u00e4");
        assertThat(Label.otherForms("\u00e4")).containsExactly("a\u0308");
        assertThat(Label.otherForms("a\u0308\u00e4"))
                .as("both forms in one name")
                .containsExactly("\u00e4\u00e4", "a\u0308a\u0308");
        assertThat(Label.otherForms("plain")).isEmpty();
    }

    @Property(tries = 2000)
    void anyTextIsANameOrHasATrouble(@ForAll String text) {
        assertThat(Label.legal(text)).isEqualTo(Label.trouble(text).isEmpty());
        assertThat(Label.otherForms(text)).allMatch(Label::legal).doesNotContain(text);
    }
}

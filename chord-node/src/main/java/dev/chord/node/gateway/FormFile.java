package dev.chord.node.gateway;

import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Flow;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.MultiPart;
import org.eclipse.jetty.io.Content;

/**
 * The one file of a form (RFC 7578), as it comes. A form with fields besides it, with several files or with
 * none is refused.
 */
final class FormFile extends Stage {
    private static final int MAX_PART_HEADERS = 8 * 1024;
    private static final Pattern FILE_NAME =
            Pattern.compile("(?i);\\s*filename=(?:\"((?:[^\"\\\\]|\\\\.)*)\"|([^;\\s]+))");
    private static final Pattern PART_OF_FORM = Pattern.compile("(?i)\\s*form-data\\s*(;.*)?");

    private final MultiPart.Parser parser;
    private final List<ByteBuffer> pieces = new ArrayList<>();
    private Optional<String> name = Optional.empty();
    private int parts;
    private boolean complete;
    private Consumer<Optional<String>> end = last -> {};
    private Optional<RuntimeException> trouble = Optional.empty();

    /**
     * A form to be read.
     *
     * @throws RefusedRequest 400 if the type says no boundary
     */
    FormFile(Flow.Publisher<ByteBuffer> upstream, String contentType) {
        super(upstream);
        String boundary = MultiPart.extractBoundary(contentType);
        if (boundary == null || boundary.isEmpty()) {
            throw new RefusedRequest(400, ErrorCode.USAGE, "the form says no boundary", "add it to the Content-Type");
        }
        parser = new MultiPart.Parser(boundary, new Reader());
        parser.setMaxParts(2);
        parser.setPartHeadersMaxLength(MAX_PART_HEADERS);
    }

    /** @param told the last part of the name that the file had where it comes from, once all has come */
    void onEnd(Consumer<Optional<String>> told) {
        end = told;
    }

    private Optional<String> lastPart() {
        return name.map(path -> path.substring(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1));
    }

    @Override
    ByteBuffer passed(ByteBuffer piece) {
        if (!complete) { // what follows the end of a form means nothing
            parse(Content.Chunk.from(piece, false));
        }
        int length = pieces.stream().mapToInt(ByteBuffer::remaining).sum();
        ByteBuffer all = ByteBuffer.allocate(length);
        pieces.forEach(all::put);
        pieces.clear();
        return all.flip();
    }

    @Override
    void end() {
        if (!complete) {
            parse(Content.Chunk.EOF);
        }
        if (!complete) {
            throw refused("the form has no end");
        }
        if (parts != 1) {
            throw refused("the form has no file");
        }
        end.accept(lastPart());
    }

    private void parse(Content.Chunk chunk) {
        parser.parse(chunk);
        if (trouble.isPresent()) {
            throw trouble.get();
        }
    }

    private static ChordException refused(String why) {
        return new ChordException(
                ErrorCode.USAGE, why, "send a form with one file and nothing else, or the bytes themselves");
    }

    private final class Reader implements MultiPart.Parser.Listener {
        private String disposition = "";

        @Override
        public void onPartBegin() {
            parts++;
            disposition = "";
            if (parts > 1) {
                fail(refused("the form has more than one part"));
            }
        }

        @Override
        public void onPartHeader(String header, String value) {
            switch (header.toLowerCase(Locale.ROOT)) {
                case "content-disposition" -> disposition = value;
                case "content-transfer-encoding" -> {
                    if (!value.strip().matches("(?i)7bit|8bit|binary")) {
                        fail(new RefusedRequest(
                                415, ErrorCode.USAGE, "the file in the form is encoded", "send it as it is"));
                    }
                }
                case "content-encoding" -> {
                    if (!value.strip().equalsIgnoreCase("identity")) {
                        fail(new RefusedRequest(
                                415, ErrorCode.USAGE, "the file in the form is encoded", "send it as it is"));
                    }
                }
                default -> {} // says nothing about what the bytes are
            }
        }

        @Override
        public void onPartHeaders() {
            Matcher matcher = FILE_NAME.matcher(disposition);
            if (!PART_OF_FORM.matcher(disposition).matches() || !matcher.find()) {
                fail(refused("the form has a field that is no file"));
                return;
            }
            String quoted = matcher.group(1);
            name = Optional.of(
                    quoted == null
                            ? matcher.group(2)
                            : quoted.replaceAll("\\\\([\"\\\\])", "$1").replace("%22", "\""));
        }

        @Override
        public void onPartContent(Content.Chunk chunk) {
            if (chunk.hasRemaining()) {
                ByteBuffer copy = ByteBuffer.allocate(chunk.remaining());
                copy.put(chunk.getByteBuffer());
                pieces.add(copy.flip());
            }
        }

        @Override
        public void onComplete() {
            complete = true;
        }

        @Override
        public void onFailure(Throwable failure) {
            fail(refused("the form cannot be read"));
        }

        private void fail(RuntimeException why) {
            if (trouble.isEmpty()) {
                trouble = Optional.of(why);
            }
        }
    }
}

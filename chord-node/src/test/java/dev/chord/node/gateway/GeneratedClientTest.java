package dev.chord.node.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.chord.rest.BytesApi;
import dev.chord.rest.FilesApi;
import dev.chord.rest.KeysApi;
import dev.chord.rest.NamesApi;
import dev.chord.rest.RingApi;
import dev.chord.rest.SearchApi;
import dev.chord.rest.UploadsApi;
import dev.chord.rest.http.ApiClient;
import dev.chord.rest.http.ApiException;
import dev.chord.rest.model.NameEntry;
import dev.chord.rest.model.NewName;
import dev.chord.rest.model.Problem;
import dev.chord.rest.model.Stored;
import java.io.File;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

/** The tour of the README with a client that was generated from the description of the interface. */
class GeneratedClientTest extends GatewayBed {
    private static ApiClient client() {
        return new ApiClient().setBasePath(gateway.url().replaceAll("/$", ""));
    }

    @Test
    void theTourOfTheReadme() throws Exception {
        FilesApi files = new FilesApi(client());
        NamesApi names = new NamesApi(client());
        File readme =
                Files.writeString(work.resolve("readme"), "# Chord, and more").toFile();
        Stored stored = files.postFiles(readme, "client/read me", null, null, null, null, null);
        assertThat(stored.getSize()).isEqualTo(17L);
        assertThat(stored.getCopies()).isEqualTo(3L);
        assertThat(files.getFiles("client/", 3L, null).getFiles())
                .extracting(NameEntry::getName)
                .containsExactly("client/read me");
        assertThat(new SearchApi(client())
                        .getSearch("READ", null, null)
                        .getCoverage()
                        .getComplete())
                .isTrue();
        NameEntry entry = names.getNamesName("client/read me", null, null);
        assertThat(entry.getContent()).isEqualTo(stored.getContent());
        assertThat(files.getFilesIdProviders(entry.getContent()).getSources()).hasSize(3);
        assertThat(files.getFilesId("client/read me").getName()).isEqualTo("client/read me");
        File part = new BytesApi(client()).getFRef("client/read me", "bytes=0-6", null, null, null, null, null);
        assertThat(part).hasContent("# Chord");
        assertThat(new KeysApi(client()).getKeysKeyRoute("client/read me").getChain())
                .isNotEmpty();
        assertThat(new RingApi(client()).getRing().getUp()).isEqualTo(3L);
        NameEntry other = names.putNamesName("client/other", new NewName().content(entry.getContent()), null, "*");
        assertThat(other.getSize()).isEqualTo(17L);
        names.deleteNamesName("client/read me", null, null);
        ApiException gone =
                catchThrowableOfType(ApiException.class, () -> names.getNamesName("client/read me", null, null));
        assertThat(gone.getCode()).isEqualTo(404);
        Problem problem = client().getObjectMapper().readValue(gone.getResponseBody(), Problem.class);
        assertThat(problem.getCode()).isEqualTo("NOT_FOUND");
    }

    @Test
    void anUploadInParts() throws Exception {
        UploadsApi uploads = new UploadsApi(client());
        var begun = uploads.postUploads(
                new dev.chord.rest.model.NewUpload().name("parts/client").size(6L));
        File half = Files.writeString(work.resolve("half"), "abc").toFile();
        assertThat(uploads.getUploadsId(begun.getId()).getReceived()).isZero();
        uploads.patchUploadsId(begun.getId(), 0L, half);
        uploads.patchUploadsId(begun.getId(), 3L, half);
        assertThat(get("f/parts/client").body()).isEqualTo("abcabc");
    }
}
